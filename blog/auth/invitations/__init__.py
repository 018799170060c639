"""Invitations: links with which an account of a certain role is made, once."""
