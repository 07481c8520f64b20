"""Certificates for the store's inner connections.

SeaweedFS's gRPC ports know no users: whoever reaches them reads the metadata and deletes volumes, past
S3's access control (tried on 4.48: `weed shell` lists every bucket of a stranger's store). On a machine
with several users loopback is no protection, so both ends must show a certificate of this stack's own.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from secingest_tui.files import write_atomic

AUTHORITY = "ca.crt"
CERTIFICATE = "node.crt"
KEY = "node.key"
_LIFETIME = datetime.timedelta(days=398)
_RENEW_BEFORE = datetime.timedelta(days=60)


def ensure_certificates(folder: Path) -> None:
    """Make authority, certificate and key in ``folder``, or anew where they soon end.

    The authority's key is dropped at once: nothing else is ever to be signed by it.
    """
    if _valid(folder / CERTIFICATE) and (folder / KEY).exists() and (folder / AUTHORITY).exists():
        return
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("secingest embedded authority", authority_key, None)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("secingest embedded store", key, (authority, authority_key))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_atomic(folder / AUTHORITY, authority.public_bytes(serialization.Encoding.PEM))
    write_atomic(folder / KEY, private)
    write_atomic(folder / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))


def _valid(path: Path) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return False
    return certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > _RENEW_BEFORE


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())
