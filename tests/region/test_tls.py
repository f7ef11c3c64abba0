"""A scheduler and a worker as processes of their own, over TLS on the loopback."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matcher.commands import main
from matcher.errors import UsageError
from matcher.region import cluster
from matcher.region.cluster import Certificates, connect
from matcher.sample import make_sample
from matcher.sample.write import write_sample

PATIENCE_S = 300


def write_certificate(folder):
    """Write a certificate that is its own authority, with its key, for an hour."""
    folder.mkdir()
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "region")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return Certificates(folder / "cert.pem", folder / "cert.pem", folder / "key.pem")


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A cluster of one worker that stands: its address, its certificates, what its processes wrote."""
    folder = tmp_path_factory.mktemp("tls")
    given, told = write_certificate(folder / "own"), folder / "scheduler.json"
    tls = [f"--tls-ca-file={given.authority}", f"--tls-cert={given.certificate}", f"--tls-key={given.key}"]
    quiet = ["--no-dashboard", "--host=127.0.0.1"]
    log, spill = folder / "log.txt", folder / "spill"
    spill.mkdir(mode=0o700)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "null"}
    with log.open("w") as out:

        def start(name, *words):
            command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *words, *tls, *quiet]
            return subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd=spill)

        running = [
            start(
                "scheduler", "--protocol=tls", "--port=0", f"--scheduler-file={told}", "--dashboard-address=127.0.0.1:0"
            )
        ]
        try:
            wait_for(told.exists)
            address = json.loads(told.read_text())["address"]
            words = ["--nthreads=1", "--no-nanny", "--resources=memory=2000000000", f"--local-directory={spill}"]
            running.append(start("worker", address, *words))
            wait_for(lambda: "Registered to" in log.read_text())
            yield address, given, log
        finally:
            for process in reversed(running):  # a worker without its scheduler may wait for another one
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def wait_for(happened):
    """Wait until something has happened; give up in the end."""
    until = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_region_is_planned_on_a_cluster_that_stands(standing, tmp_path, capsys):
    address, given, log = standing
    write_sample(make_sample(8, 3, 1), tmp_path)
    (tmp_path / "cities.toml").write_text(
        '[[city]]\nname = "浦东"\nelders = "elders.csv"\nvolunteers = "volunteers.csv"\n'
        '[[city]]\nname = "Large"\nelders = "e.csv"\nvolunteers = "v.csv"\nmemory_gb = 64\n',
        "utf-8",
    )
    words = ["many", str(tmp_path / "cities.toml"), "--month", "2026-12", "--out", str(tmp_path / "region")]
    tls = ["--tls-ca", str(given.authority), "--tls-cert", str(given.certificate), "--tls-key", str(given.key)]
    assert main([*words, "--scheduler", address, *tls]) == 1
    shown = capsys.readouterr()
    assert "浦东" in shown.out
    assert (tmp_path / "region/cities/浦东/pairs.csv").is_file()
    assert "it takes about 64.0 GB of memory, and no worker has more than 2.0 GB" in " ".join(shown.out.split())
    logged = log.read_text()
    people = (tmp_path / "elders.csv").read_text("utf-8-sig").split("\n")[1].split(",")[:2]
    assert not [one for one in (*people, "浦东", str(tmp_path)) if one in logged]


def test_whoever_has_no_certificate_of_the_authority_is_refused(standing, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_WAIT_S", 2)
    other = write_certificate(tmp_path / "other")
    with pytest.raises(UsageError, match="does not take these certificates"), connect(standing[0], other):
        pass
