"""A reviewer's Ed25519 key (RFC 8032): made, kept under a passphrase, and used to sign.

The private key is a PEM file (PKCS #8, RFC 5958), encrypted where there is a passphrase, readable by its owner alone;
the public key lies beside it (RFC 8410). Needs the library `cryptography` (the extra ``sign``); checking needs none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditviewer.core.errors import AuditViewerError, NotWrittenError, WrongUsageError
from auditviewer.core.evidence.verify import fingerprint_of
from auditviewer.core.writing.files import write_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SigningUnavailableError(AuditViewerError):
    """The library that signs is not installed."""

    hint = "Install the program with its extra “sign”, or make the package without a signature."
    exit_code = 2


@dataclass(frozen=True)
class SigningKey:
    """A private key that is open for use."""

    _private: Ed25519PrivateKey
    public: bytes
    """The 32 bytes of the public key."""

    @property
    def fingerprint(self) -> str:
        """The public key's SHA-256, to be read out."""
        return fingerprint_of(self.public)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._private.sign(message)

    def secret_for(self, purpose: bytes) -> bytes:
        """Return 32 bytes that only the holder of the key can make again (the signature is deterministic)."""
        import hashlib

        return hashlib.sha256(b"auditviewer secret\0" + self._private.sign(b"auditviewer secret\0" + purpose)).digest()


def make_key(path: Path, passphrase: str | None) -> SigningKey:
    """Make a key and keep it; the public key goes beside it as ``NAME.pub.pem``.

    Raises
    ------
    NotWrittenError
        Something is at the path already, or it cannot be written.
    SigningUnavailableError
        The library that signs is not installed.
    """
    private_class, serialization = _library()
    if os.path.lexists(path):
        raise NotWrittenError(f"There is a file {path} already; a key is never replaced.", "Choose another name.")
    private = private_class.generate()
    encryption: Any = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink()  # half a key is none, and would stand in the way of the next
            raise
    except OSError as error:
        raise NotWrittenError(f"The key cannot be kept at {path}: {error.strerror}.") from None
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    write_file(public_path_of(path), lambda out: out.write(public))
    return _opened(private, serialization)


def public_path_of(path: Path) -> Path:
    """Return where the public key of a private key's file lies."""
    return path.with_name(path.stem + ".pub.pem")


def open_key(path: Path, passphrase: str | None = None) -> SigningKey:
    """Return a kept key.

    Raises
    ------
    WrongUsageError
        There is no Ed25519 key at the path, or the passphrase is not its own.
    SigningUnavailableError
        The library that signs is not installed.
    """
    private_class, serialization = _library()
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise WrongUsageError(f"The key {path} cannot be read: {error.strerror}.", "Make one by “key new”.") from None
    try:
        private = serialization.load_pem_private_key(pem, passphrase.encode() if passphrase else None)
    except TypeError:
        hint = "Give its passphrase." if not passphrase else "It has no passphrase; give none."
        raise WrongUsageError(f"The key {path} does not open.", hint) from None
    except ValueError:
        raise WrongUsageError(f"The key {path} does not open.", "Is it a key, and is the passphrase right?") from None
    if not isinstance(private, private_class):
        raise WrongUsageError(f"The key {path} is no Ed25519 key.", "Make one by “key new”.")
    return _opened(private, serialization)


def is_protected(path: Path) -> bool:
    """Return whether a key needs a passphrase."""
    try:
        return b"ENCRYPTED" in path.read_bytes()[:200]
    except OSError:
        return False


def _opened(private: Any, serialization: Any) -> SigningKey:
    public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return SigningKey(private, public)


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise SigningUnavailableError("Signing needs the library “cryptography”, which is not installed.") from None
    return Ed25519PrivateKey, serialization
