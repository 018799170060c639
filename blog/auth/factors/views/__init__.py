"""The pages of second factors: a member's own, and those on the way in."""
