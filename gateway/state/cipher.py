"""One secret, and the two keys made from it: one hides vault texts, the other one fingerprints inputs."""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12


class Cipher:
    """AES-256-GCM for texts, HMAC-SHA256 for fingerprints. The keys are derived with HKDF (RFC 5869), so that neither tells the other.

    HKDF does not make a weak secret strong: it must be long and random.
    """

    def __init__(self, secret: bytes) -> None:
        self._texts = AESGCM(_derive(secret, b"mailbox-gateway: vault texts, 1"))
        self._fingerprint_key = _derive(secret, b"mailbox-gateway: fingerprints, 1")

    def fingerprint(self, data: bytes) -> str:
        return hmac.digest(self._fingerprint_key, data, "sha256").hex()

    def encrypt(self, text: str, *, about: str) -> bytes:
        """`about` (an account's name) is bound to it: the same bytes under another name do not open."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._texts.encrypt(nonce, text.encode(), about.encode())

    def decrypt(self, data: bytes, *, about: str) -> str | None:
        """The text; None when another secret hid it, or when it was altered since."""
        nonce, hidden = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        if len(nonce) < _NONCE_BYTES:
            return None
        try:
            return self._texts.decrypt(nonce, hidden, about.encode()).decode()
        except InvalidTag:
            return None


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(secret)
