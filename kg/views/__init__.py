"""Views: functions from an assessment to artifacts. They don't know how the assessment was made."""
