"""What posts said before: every text that was saved stands in a revision, until its post is deleted for good."""
