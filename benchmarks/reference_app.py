"""The yardstick: one insert through FastAPI, with the same fields checked. Not part of the hotline."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

TABLE = "CREATE TABLE IF NOT EXISTS appeals (id text PRIMARY KEY, type text, service text, place text, words text)"


class Appeal(BaseModel):
    type: str
    text: str = Field(max_length=4000)
    service_code: str | None = None
    place: dict[str, str] = Field(default_factory=dict)
    contact: dict[str, str] = Field(default_factory=dict)


class Store:
    """PostgreSQL over asyncpg, or an SQLite file with a write-ahead log."""

    pool: Any = None
    file: Any = None


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    if socket_folder := os.environ.get("REFERENCE_POSTGRES"):
        import asyncpg

        Store.pool = await asyncpg.create_pool(
            host=socket_folder, user="bench", database="postgres", min_size=8, max_size=8
        )
        await Store.pool.execute(TABLE)
    else:
        Store.file = sqlite3.connect(os.environ["REFERENCE_SQLITE"], isolation_level=None)
        Store.file.execute("PRAGMA journal_mode=WAL")
        Store.file.execute(TABLE)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/appeals", status_code=201)
async def register(appeal: Appeal) -> dict[str, str]:
    number = secrets.token_hex(8)
    row = (number, appeal.type, appeal.service_code, appeal.place.get("subdistrict"), appeal.text)
    if Store.pool is not None:
        await Store.pool.execute("INSERT INTO appeals VALUES ($1, $2, $3, $4, $5)", *row)
    else:
        Store.file.execute("INSERT INTO appeals VALUES (?, ?, ?, ?, ?)", row)
    return {"tracking_number": number}
