"""Second factors: the codes of an app, passkeys, recovery codes; and the sign-in that waits for one."""
