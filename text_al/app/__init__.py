"""The local labelling page: it drives the loop, and nothing below knows it.

Needs the extra `app`: starlette and uvicorn are imported by `server`, `guard` and `serving` alone.
"""
