"""Passkeys (WebAuthn Level 3): what a key is asked to sign, and whether what it has signed is right."""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from blog.auth.factors.models import CHALLENGE_LIFETIME, Passkey, PasskeyChallenge
from blog.auth.factors.policies import must_be_verified
from blog.auth.models import User
from blog.db import changed_rows, db, keep_changes

CHALLENGE_BYTES = 32
_CHALLENGE = re.compile(r"[\w-]{43}", re.ASCII)


class PasskeyRefused(Exception):
    """What came is not what one of their keys signed for this page just now."""


@dataclass(frozen=True)
class RelyingParty:
    """The site as keys know it, made of BASE_URL alone."""

    id: str
    origin: str
    name: str


@dataclass(frozen=True)
class Asked:
    """For whom and for what a key is asked to sign; an answer counts for the same only."""

    purpose: str
    bound_to: str
    """The SHA-256 of the secret in the browser's cookie."""
    party: RelyingParty


@dataclass(frozen=True)
class NewPasskey:
    """What is kept of a new key."""

    credential_hash: str
    credential_id: str
    public_key: str
    sign_count: int
    is_backup_eligible: bool
    is_backed_up: bool


@dataclass(frozen=True)
class PasskeyProof:
    """A key of this site has signed."""

    passkey_id: int
    seen_count: int
    new_count: int
    is_backed_up: bool


def ask_for_new_passkey(user: User, asked: Asked, passkeys: list[Passkey], *, verified: bool, now: datetime) -> str:
    """The options for the browser, as JSON, to make a key that finds `user` without a name being typed."""
    return options_to_json(
        generate_registration_options(
            rp_id=asked.party.id,
            rp_name=asked.party.name,
            user_id=_handle(user),
            user_name=user.username,
            user_display_name=user.display_name,
            challenge=_new_challenge(asked, now),
            timeout=int(CHALLENGE_LIFETIME.total_seconds() * 1000),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_verification(required=verified)
            ),
            exclude_credentials=_descriptors(passkeys),
        )
    )


def ask_for_passkey(asked: Asked, passkeys: list[Passkey], *, verified: bool, now: datetime) -> str:
    """The options for the browser, as JSON, to sign with one of `passkeys`; with none, with whichever it finds."""
    return options_to_json(
        generate_authentication_options(
            rp_id=asked.party.id,
            challenge=_new_challenge(asked, now),
            timeout=int(CHALLENGE_LIFETIME.total_seconds() * 1000),
            allow_credentials=_descriptors(passkeys),
            user_verification=_verification(required=verified),
        )
    )


def read_new_passkey(answer: str, asked: Asked, *, verified: bool, now: datetime) -> NewPasskey:
    """The key that the browser has made. Raises `PasskeyRefused`; the challenge is spent either way."""
    credential = _parsed(answer)
    challenge = _spend_challenge(credential, asked, now)
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=asked.party.id,
            expected_origin=asked.party.origin,
            require_user_verification=verified,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:  # the library lets some through
        raise PasskeyRefused from error
    return NewPasskey(
        credential_hash=_digest(made.credential_id),
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        is_backup_eligible=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        is_backed_up=made.credential_backed_up,
    )


def read_proof(answer: str, asked: Asked, *, of: User | None, verified: bool, now: datetime) -> PasskeyProof:
    """What a key has signed, of `of` or, for a sign-in by a key alone, of anybody.

    `verified` is whether the key must have checked that it is its person; for admins it always must. Raises
    `PasskeyRefused`; the challenge is spent either way.
    """
    credential = _parsed(answer)
    challenge = _spend_challenge(credential, asked, now)
    passkey = _find(credential)
    if passkey is None or (of is not None and passkey.user_id != of.id) or not _is_handle_of(passkey.user, credential):
        raise PasskeyRefused
    try:
        signed = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=asked.party.id,
            expected_origin=asked.party.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=verified or must_be_verified(passkey.user),
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:  # as above
        raise PasskeyRefused from error
    return PasskeyProof(passkey.id, passkey.sign_count, signed.new_sign_count, signed.credential_backed_up)


def _new_challenge(asked: Asked, now: datetime) -> bytes:
    """Random bytes, kept until they come back signed."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    db.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))
    db.session.add(
        PasskeyChallenge(
            challenge=bytes_to_base64url(challenge),
            bound_to=asked.bound_to,
            purpose=asked.purpose,
            expires_at=now + CHALLENGE_LIFETIME,
        )
    )
    db.session.flush()
    return challenge


def _spend_challenge(credential: dict[str, Any], asked: Asked, now: datetime) -> bytes:
    """The challenge that was signed, which was made for the same browser and purpose and never comes again."""
    try:
        challenge = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))["challenge"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PasskeyRefused from error
    if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge):
        raise PasskeyRefused
    with keep_changes() as kept:
        spent = kept.execute(
            delete(PasskeyChallenge).where(
                PasskeyChallenge.challenge == challenge,
                PasskeyChallenge.bound_to == asked.bound_to,
                PasskeyChallenge.purpose == asked.purpose,
                PasskeyChallenge.expires_at > now,
            )
        )
    if not changed_rows(spent):
        raise PasskeyRefused
    return base64url_to_bytes(challenge)


def _parsed(answer: str) -> dict[str, Any]:
    try:
        credential = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise PasskeyRefused from error
    if not isinstance(credential, dict):
        raise PasskeyRefused
    return credential


def _find(credential: dict[str, Any]) -> Passkey | None:
    try:
        credential_id = base64url_to_bytes(credential["rawId"])
    except (ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused from error
    return db.session.scalar(select(Passkey).where(Passkey.credential_hash == _digest(credential_id)))


def _is_handle_of(user: User, credential: dict[str, Any]) -> bool:
    """True unless the key says that it is somebody else's."""
    handle = credential["response"].get("userHandle")
    return not handle or handle == bytes_to_base64url(_handle(user))


def _handle(user: User) -> bytes:
    return str(user.id).encode()


def _digest(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def _descriptors(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in passkeys]


def _verification(*, required: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if required else UserVerificationRequirement.PREFERRED
