"""Views: an assessment goes in, artifacts come out; they know nothing of how it was made."""
