#!/usr/bin/env python3
"""Shares a file, and prints its link, who reads it now, and who has read it. Needs nothing but Python.

    ORIGIN=https://read.example.org KEY=sl_… python3 share.py report.pdf
"""

import hashlib
import json
import os
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request

ORIGIN = os.environ["ORIGIN"]
KEY = os.environ["KEY"]


def ask(method, path, body=None, once=None):
    """The text of an answer. An error of the API ends the program with its message."""
    headers = {"Authorization": f"Bearer {KEY}"}
    if once:
        # Sent again with the same key, the request makes nothing anew.
        headers["Idempotency-Key"] = f'"{once}"'
    request = urllib.request.Request(ORIGIN + path, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        refused = json.load(error)
        sys.exit(f"{refused['code']}: {refused['error']}")


file = pathlib.Path(sys.argv[1])
content = file.read_bytes()
name = hashlib.sha256(content).hexdigest()

title = urllib.parse.quote(file.stem)
document = json.loads(ask("POST", f"/api/documents?title={title}", content, once=f"upload {name}"))["document"]

settings = json.dumps({"label": "For Ada", "download": True}).encode()
path = f"/api/documents/{document['documentId']}/links"
link = json.loads(ask("POST", path, settings, once=f"link {name}"))["link"]
print("link", link["viewerUrl"])

live = json.loads(ask("GET", f"/api/send/realtime/{link['linkId']}"))
print("reading now", live["metrics"]["activeViewers"], "views", live["metrics"]["totalViews"])
for viewer in live["activeViewers"]:
    print("reader", viewer.get("email", "anonymous"), "page", viewer.get("currentPage", 1))

print(ask("GET", f"/api/links/{link['linkId']}/visits.csv"), end="")
