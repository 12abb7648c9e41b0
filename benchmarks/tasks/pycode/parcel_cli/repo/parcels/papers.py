"""Papers that go with parcels: the manifest of a van, notices to receivers, the archive of both."""

from __future__ import annotations

import io
import sqlite3
import statistics
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from xml.dom import minidom

from parcels.labels import is_good


def manifest(labels: list[str]) -> str:
    """Return the XML of a van's load; `middle` is the median of the numbers."""
    bad = [label for label in labels if not is_good(label)]
    if bad:
        raise ValueError(f"label {bad[0]}: its check digit is wrong")
    document = minidom.Document()
    root = document.createElement("manifest")
    root.setAttribute("parcels", str(len(labels)))
    root.setAttribute("middle", f"{statistics.median(int(label.split('-')[1]) for label in labels):g}")
    document.appendChild(root)
    for label in sorted(labels):
        element = document.createElement("parcel")
        element.setAttribute("label", label)
        root.appendChild(element)
    return document.toprettyxml(indent="  ").rstrip()


def notice(address: str, label: str) -> str:
    """Return the mail that tells somebody of a parcel."""
    message = EmailMessage()
    message["To"] = address
    message["Subject"] = f"Parcel {label}"
    message.set_content(f"Your parcel {label} is on its way.")
    return message.as_bytes(policy=SMTP.clone(linesep="\n")).decode().rstrip()


def archive(papers: dict[str, str]) -> bytes:
    """Return papers as a zip archive, with an index (an SQL dump) beside them."""
    index = sqlite3.connect(":memory:")
    index.execute("create table papers (name text primary key, size int)")
    index.executemany("insert into papers values (?, ?)", [(n, len(t)) for n, t in sorted(papers.items())])
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as files:
        files.writestr("index.sql", "\n".join(index.iterdump()))
        for name, text in sorted(papers.items()):
            files.writestr(name, text)
    index.close()
    return box.getvalue()
