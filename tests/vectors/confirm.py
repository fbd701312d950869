"""Confirms every record of the vector files with the `cryptography` package.

The content is sealed to exactly the bytes of the record, and the record is opened to exactly the content.

    python3 -m venv venv
    venv/bin/pip install cryptography
    venv/bin/python tests/vectors/confirm.py

Nonces and additional data are built here independently, from the standards alone.
"""

import pathlib
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

VECTORS = pathlib.Path(__file__).parents[2] / "provider-test/src/vectors"
FILES = ["rfc8448.txt", "openssl.txt"]

HEADER_LEN = 5
TAG_LEN = 16


def seal_record(suite, key, iv, seq, typ, content, padding=0):
    """Returns the whole record, header included."""
    nonce = xor(iv, seq.to_bytes(12, "big"))
    if is_tls13(suite):
        # RFC 8446 s5.2: the type is sealed with the content, and the header is the additional data.
        plain = content + bytes([typ]) + bytes(padding)
        head = header(23, len(plain) + TAG_LEN)
        return head + aead(suite, key).encrypt(nonce, plain, head)
    # RFC 5288 s3 sends the last eight bytes of the nonce, RFC 7905 s2 sends none.
    explicit = nonce[4:] if is_gcm(suite) else b""
    sealed = aead(suite, key).encrypt(nonce, content, tls12_additional_data(seq, typ, len(content)))
    return header(typ, len(explicit + sealed)) + explicit + sealed


def open_record(suite, key, iv, seq, record):
    """Returns type, content and length of padding.

    Of a TLS 1.2 AES-GCM iv, only the first four bytes are used, the salt.
    """
    head, payload = record[:HEADER_LEN], record[HEADER_LEN:]
    if head != header(head[0], len(payload)):
        raise ValueError("not one whole record")
    if is_tls13(suite):
        plain = aead(suite, key).decrypt(xor(iv, seq.to_bytes(12, "big")), payload, head)
        # RFC 8446 s5.4: the type is the last byte that is not zero.
        inner = plain.rstrip(b"\0")
        return inner[-1], inner[:-1], len(plain) - len(inner)
    if is_gcm(suite):
        nonce, sealed = iv[:4] + payload[:8], payload[8:]
    else:
        nonce, sealed = xor(iv, seq.to_bytes(12, "big")), payload
    additional_data = tls12_additional_data(seq, head[0], len(sealed) - TAG_LEN)
    return head[0], aead(suite, key).decrypt(nonce, sealed, additional_data), 0


def aead(suite, key):
    key_len = 16 if "AES_128" in suite else 32
    if len(key) != key_len:
        raise ValueError(f"{suite} takes a key of {key_len} bytes")
    return AESGCM(key) if is_gcm(suite) else ChaCha20Poly1305(key)


def is_tls13(suite):
    return suite.startswith("TLS13_")


def is_gcm(suite):
    return "_GCM_" in suite


def header(typ, payload_len):
    return struct.pack("!BHH", typ, 0x0303, payload_len)


def tls12_additional_data(seq, typ, content_len):
    """RFC 5246 s6.2.3.3: sequence number, type, version, and the length before sealing."""
    return seq.to_bytes(8, "big") + header(typ, content_len)


def xor(iv, number):
    """RFC 8446 s5.3, RFC 7905 s2: a nonce is the iv XOR the sequence number, both of 12 bytes."""
    return bytes(a ^ b for a, b in zip(iv, number, strict=True))


def vectors(text):
    """Yields the fields of each block. Blank lines separate blocks, and lines that begin with # are comments."""
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            yield dict(line.split(" = ", 1) for line in lines)


def confirm(vector):
    """Returns the mistake in `vector`, or None."""
    suite, seq, typ = vector["suite"], int(vector["seq"]), int(vector["type"])
    key, iv, content, record = (bytes.fromhex(vector[name]) for name in ("key", "iv", "content", "record"))
    padding = int(vector.get("padding", 0))
    if seal_record(suite, key, iv, seq, typ, content, padding) != record:
        return "sealed to other bytes"
    try:
        opened = open_record(suite, key, iv, seq, record)
    except InvalidTag:
        return "not authentic"
    return None if opened == (typ, content, padding) else "opened to something else"


def main():
    confirmed = failed = 0
    for file in FILES:
        in_file = 0
        for vector in vectors((VECTORS / file).read_text()):
            wrong = confirm(vector)
            print(f"{'FAILED' if wrong else 'ok'}  {file}: {vector['name']}{': ' + wrong if wrong else ''}")
            in_file += 1
            confirmed += not wrong
            failed += bool(wrong)
        if not in_file:
            print(f"FAILED  {file}: no records")
            failed += 1
    print(f"{confirmed} records confirmed, {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
