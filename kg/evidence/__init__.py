"""Evidence: claims in notes, verdicts of tools, reviews by people, and the records kept between builds."""
