"""The sample sets that come with the library, written for it: see the cards REVIEWS.md and QUESTIONS.md beside."""
