"""Triplets of prompt, workflow and score, and the jobs they come from, in one SQLite file.

A job is a workflow that is to be rendered for a prompt with a seed. These three identify it, so adding it twice does
nothing. A job that has been rendered has a result. Scores follow, from any number of scorers; a result with a score or
a rating is a triplet.

Every change is one transaction that is on disk before the method returns: a process may be killed at any moment, and
the next one that opens the store finds everything that was recorded. Pictures lie beside the file, named by their
SHA-256, and are in place before the row that names them. Several processes may read and write one store (with SQLite's
write-ahead log, readers and the writer do not wait for each other); `claim` keeps a second collector from the jobs. The
store must lie on a local disk. While it is open (or after a kill, until it is opened again), the files with the endings
-wal and -shm belong to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ..files import write_bytes
from ..json_shapes import Flag, ListOf, Text, shown
from .durable_file import DurableFile
from .durable_file import StoreError as StoreError
from .png import without_texts
from .stored_values import StoredValues

WAITING, DONE, FAILED = "waiting", "done", "failed"
"""States of a job."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ROWS_AT_ONCE = 256
"""Number of triplets that are read by one query."""


@dataclass(frozen=True)
class Job:
    """A workflow that is to be rendered.

    Attributes:
        prompt: the prompt.
        choices: the script.
        api: the workflow in API format, as `choices` become it with `prompt` and `seed`.
        seed: the seed.
        source: author of the workflow ("corpus", "random", "policy", "user", ...).
        split: "train", "validation" or "test".
        kind: kind of the prompt, for reports.
        meaning: content of the prompt as JSON, for scorers that read it.
    """

    prompt: str
    choices: tuple[str, ...]
    api: Mapping[str, Any]
    seed: int
    source: str = ""
    split: str = "train"
    kind: str = ""
    meaning: Mapping[str, Any] | None = None

    @property
    def key(self) -> bytes:
        """The digest of prompt, workflow and seed, which identifies the job."""
        text = json.dumps([self.prompt, self.api, self.seed], sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode("utf-8")).digest()


@dataclass(frozen=True)
class WaitingJob:
    """A job that is still to be rendered.

    Attributes:
        id: id of the job.
        main: alias of its main model.
        tries: number of earlier tries.
    """

    id: int
    main: str
    tries: int


@dataclass(frozen=True)
class Unscored:
    """A picture that a scorer has not scored yet.

    Attributes:
        id: id of the job.
        path: the picture's file.
        prompt: the prompt.
        meaning: content of the prompt as JSON, if it is known.
    """

    id: int
    path: Path
    prompt: str
    meaning: Mapping[str, Any] | None


@dataclass(frozen=True)
class Triplet:
    """A prompt, a workflow, and the result with its scores.

    Attributes:
        id: id of the job.
        prompt: the prompt.
        choices: the script.
        api: the workflow in API format.
        seed: the seed.
        scores: raw scores by scorer.
        image: SHA-256 of the picture's PNG file (`TripletStore.image_path`); None where the picture was not kept.
        source: author of the workflow.
        split: "train", "validation" or "test".
        kind: kind of the prompt.
        meaning: content of the prompt as JSON, if it is known.
        catalog: fingerprint of the installation that rendered the picture.
        comfyui: version of that server.
        seconds: rendering time.
        rating: the user's own rating, if there is one.
    """

    id: int
    prompt: str
    choices: tuple[str, ...]
    api: dict[str, Any]
    seed: int
    scores: Mapping[str, float]
    image: str | None
    source: str
    split: str
    kind: str
    meaning: dict[str, Any] | None
    catalog: str
    comfyui: str
    seconds: float
    rating: float | None


@dataclass(frozen=True)
class Counted:
    """The number of jobs of one source, split, kind and state.

    Attributes:
        source: author of the workflows.
        split: "train", "validation" or "test".
        kind: kind of the prompts.
        state: state of the jobs.
        jobs: number of jobs.
        seconds: rendering time of all of them together.
    """

    source: str
    split: str
    kind: str
    state: str
    jobs: int
    seconds: float = field(default=0.0)


class TripletStore:
    """The store in the file `path`, which is created with its folder if it does not exist. Use it as a context manager.

    A store is one connection: only the thread that opened it may use it. All methods raise StoreError.

    Args:
        path: the file.
        keep_images: whether pictures stay after they have been scored. The store remembers it; None leaves it unchanged
            (a new store keeps pictures).
    """

    def __init__(self, path: str | os.PathLike[str], keep_images: bool | None = None) -> None:
        self._file = DurableFile(Path(path))
        self.path = self._file.path
        self._stored = StoredValues(self.path)
        self.images = self.path.with_name(f"{self.path.stem}_images")
        try:
            if keep_images is not None:
                self._set("keep_images", keep_images)
            self.keep_images: bool = self._stored.json("settings", self._setting("keep_images", "true"), Flag())
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> TripletStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Closing it again does nothing."""
        self._file.close()

    # -- jobs --------------------------------------------------------------------------------------------------

    def add_jobs(self, jobs: Iterable[Job], drawing: tuple[str, int] | None = None) -> int:
        """Add the jobs that are not there yet, all or none, and return the number of new ones.

        Args:
            jobs: the jobs.
            drawing: (key, number drawn so far), which is recorded in the same transaction for `drawn`.
        """
        added = 0
        with self._file.transaction() as connection:
            for job in jobs:
                added += self._add(connection, job) is not None
            if drawing is not None:
                connection.execute("INSERT OR REPLACE INTO drawings VALUES (?, ?)", drawing)
        return added

    def drawn(self, key: str) -> int:
        """Return the number that `add_jobs` recorded under a key, 0 if there is none."""
        rows = self._file.rows("SELECT drawn FROM drawings WHERE key = ?", (key,))
        return self._stored.whole(rows[0][0]) if rows else 0

    def pending(self, limit: int = -1, *, after: int = -1) -> list[WaitingJob]:
        """Return the jobs that are still to be rendered, in the order in which they were added.

        Args:
            limit: largest number of jobs, -1 for all.
            after: only jobs with larger ids.
        """
        query = "SELECT id, main, tries FROM jobs WHERE state = 'waiting' AND id > ? ORDER BY id LIMIT ?"
        rows = self._file.rows(query, (after, limit))
        return [WaitingJob(number, self._stored.text(main), self._stored.whole(tries)) for number, main, tries in rows]

    def job(self, number: int) -> Job:
        """Return the job with an id. Raises StoreError if there is none."""
        columns = "prompt, choices, api, seed, source, split, kind, meaning"
        rows = self._file.rows(f"SELECT {columns} FROM jobs WHERE id = ?", (number,))
        if not rows:
            raise StoreError(f"{self.path}: there is no job {number}")
        prompt, choices, api, seed, source, split, kind, meaning = rows[0]
        stored = self._stored
        return Job(
            stored.text(prompt), stored.script(choices), stored.graph(api), stored.whole(seed), stored.text(source),
            stored.text(split), stored.text(kind), stored.meaning(meaning),
        )  # fmt: skip

    def record_result(
        self, number: int, image: bytes, *, seconds: float, comfyui: str, catalog: str, server: str = ""
    ) -> bool:
        """Record the result of a job that has been rendered.

        Args:
            number: id of the job.
            image: the PNG file that the job made. The texts in it are removed.
            seconds: rendering time.
            comfyui: version of the server.
            catalog: fingerprint of the installation.
            server: address of the server.

        Returns:
            False if the job had a result before, which stays.

        Raises:
            ValueError: `image` is not a PNG file.
        """
        digest = self._keep(without_texts(image))
        with self._file.transaction() as connection:
            connection.execute("UPDATE jobs SET state = 'done', error = NULL WHERE id = ?", (number,))
            row = (number, digest, seconds, comfyui, catalog, server, None, time.time())
            added = connection.execute("INSERT OR IGNORE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            return added.rowcount == 1

    def record_failure(self, number: int, error: str, *, again: bool = False) -> None:
        """Record that a job has failed. A job that has a result stays done.

        Args:
            number: id of the job.
            error: the reason.
            again: whether the job returns to the waiting ones.
        """
        change = "UPDATE jobs SET state = ?, error = ?, tries = tries + 1 WHERE id = ? AND state <> 'done'"
        with self._file.transaction() as connection:
            connection.execute(change, (WAITING if again else FAILED, error, number))

    def retry_failed(self) -> int:
        """Return all failed jobs to the waiting ones, as if they had never been tried, and return their number."""
        with self._file.transaction() as connection:
            changed = connection.execute(
                "UPDATE jobs SET state = 'waiting', tries = 0, error = NULL WHERE state = 'failed'"
            )
            return changed.rowcount

    def failures(self) -> list[tuple[int, str, int]]:
        """Return (id, error, number of tries) of each failed job."""
        return self._file.rows("SELECT id, error, tries FROM jobs WHERE state = 'failed' ORDER BY id")

    def states(self) -> dict[str, int]:
        """Return the number of jobs in each state."""
        found = dict(self._file.rows("SELECT state, COUNT(*) FROM jobs GROUP BY state"))
        return {state: found.get(state, 0) for state in (WAITING, DONE, FAILED)}

    def counts(self) -> list[Counted]:
        """Return the number of jobs of every source, split, kind and state that occurs."""
        columns = "source, split, kind, state"
        return [
            Counted(*row)
            for row in self._file.rows(
                f"SELECT {columns}, COUNT(*), COALESCE(SUM(seconds), 0.0) FROM jobs LEFT JOIN results "
                f"ON job = id GROUP BY {columns} ORDER BY {columns}"
            )
        ]

    def ratings(self) -> int:
        """Return the number of results that have a rating."""
        return int(self._file.rows("SELECT COUNT(*) FROM results WHERE rating IS NOT NULL")[0][0])

    def claim(self) -> AbstractContextManager[None]:
        """Return a block in which no other process can claim the store (`DurableFile.claim`)."""
        return self._file.claim()

    # -- scores ------------------------------------------------------------------------------------------------

    def unscored(self, scorer: str, limit: int = -1) -> list[Unscored]:
        """Return pictures that `scorer` has not scored, the earliest first.

        Args:
            scorer: name of the scorer.
            limit: largest number of pictures, -1 for all.
        """
        rows = self._file.rows(
            "SELECT id, image, prompt, meaning FROM results JOIN jobs ON id = job WHERE image IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM scores WHERE scores.job = id AND scorer = ?) ORDER BY id LIMIT ?",
            (scorer, limit),
        )
        return [
            Unscored(job, self.image_path(image), self._stored.text(prompt), self._stored.meaning(meaning))
            for job, image, prompt, meaning in rows
        ]

    def record_scores(self, scorer: str, scores: Mapping[int, float | str]) -> None:
        """Record scores of one scorer.

        Args:
            scorer: name of the scorer.
            scores: score by job id; a text is the reason why the scorer cannot score that picture.
        """
        rows = [
            (job, scorer, None, score) if isinstance(score, str) else (job, scorer, score, None)
            for job, score in scores.items()
        ]
        with self._file.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?)", rows)

    def forget_scores(self, scorer: str) -> int:
        """Delete a scorer's scores of pictures that are still there, so that it scores them again.

        Return their number.
        """
        with self._file.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM scores WHERE scorer = ? AND job IN (SELECT job FROM results WHERE image IS NOT NULL)",
                (scorer,),
            )
            return gone.rowcount

    def scorers(self) -> dict[str, tuple[int, int]]:
        """Return the number of pictures that each scorer has scored, and of those that it could not score."""
        rows = self._file.rows("SELECT scorer, COUNT(score), COUNT(error) FROM scores GROUP BY scorer ORDER BY scorer")
        return {scorer: (judged, not_judged) for scorer, judged, not_judged in rows}

    def judged_by(self, scorers: Sequence[str]) -> list[int]:
        """Return the ids of the jobs whose picture is still there and has been scored by all of these scorers."""
        marks = ", ".join("?" * len(scorers))
        query = f"SELECT COUNT(*) FROM scores WHERE scores.job = results.job AND scorer IN ({marks})"
        rows = self._file.rows(
            f"SELECT job FROM results WHERE image IS NOT NULL AND ({query}) = ?", (*scorers, len(scorers))
        )
        return [row[0] for row in rows]

    def drop_images(self, numbers: Sequence[int]) -> None:
        """Drop the pictures of these jobs. A file is deleted when no other job has the same picture."""
        with self._file.transaction() as connection:
            images = set()
            for number in numbers:  # one by one, because SQLite limits the number of values in a statement
                images |= {row[0] for row in connection.execute("SELECT image FROM results WHERE job = ?", (number,))}
                connection.execute("UPDATE results SET image = NULL WHERE job = ?", (number,))
            images.discard(None)
            needed = "SELECT 1 FROM results WHERE image = ? LIMIT 1"
            gone = [image for image in images if not connection.execute(needed, (image,)).fetchone()]
        for image in gone:
            path = self.image_path(image)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{path}: the picture cannot be deleted ({error})") from error

    # -- a user's own ------------------------------------------------------------------------------------------

    def record_rated(
        self,
        job: Job,
        rating: float | None,
        image: bytes | None,
        *,
        seconds: float = 0.0,
        comfyui: str = "",
        catalog: str = "",
    ) -> int:
        """Record a picture that was rendered elsewhere, with its user's rating, and return the job's id.

        The same job again takes the new rating.

        Args:
            job: the job.
            rating: the user's rating, if there is one.
            image: the picture's PNG file, None if it is not to be kept.
            seconds: rendering time.
            comfyui: version of the ComfyUI that rendered it.
            catalog: fingerprint of the installation.

        Raises:
            ValueError: `image` is not a PNG file.
        """
        kept = image is not None and self.keep_images
        digest = self._keep(without_texts(image)) if kept and image is not None else None
        with self._file.transaction() as connection:
            self._add(connection, job)
            number = int(connection.execute("SELECT id FROM jobs WHERE key = ?", (job.key,)).fetchone()[0])
            connection.execute("UPDATE jobs SET state = 'done', error = NULL WHERE id = ?", (number,))
            connection.execute(
                "INSERT INTO results VALUES (?, ?, ?, ?, ?, '', ?, ?) ON CONFLICT (job) DO UPDATE SET "
                "rating = excluded.rating, image = COALESCE(excluded.image, image)",
                (number, digest, seconds, comfyui, catalog, rating, time.time()),
            )
        return number

    # -- pictures that the user has seen -----------------------------------------------------------------------

    def rate_picture(self, picture: str, job: Job, rating: float, *, comfyui: str = "", catalog: str = "") -> None:
        """Record the user's rating of a picture that was seen; a later one of the same picture takes its place.

        The rating belongs to the picture alone. The job that made it has the mean of its pictures' ratings: one job
        makes several pictures where its workflow has a batch.

        Args:
            picture: digest of the picture (`picture_digest`).
            job: the job that made it.
            rating: the rating.
            comfyui: version of the ComfyUI that rendered it.
            catalog: fingerprint of the installation.
        """
        self._check_digest(picture)
        with self._file.transaction() as connection:
            self._add(connection, job)
            number = int(connection.execute("SELECT id FROM jobs WHERE key = ?", (job.key,)).fetchone()[0])
            connection.execute("UPDATE jobs SET state = 'done', error = NULL WHERE id = ?", (number,))
            connection.execute(
                "INSERT OR IGNORE INTO results VALUES (?, NULL, 0.0, ?, ?, '', NULL, ?)",
                (number, comfyui, catalog, time.time()),
            )
            # A rating by Record Result is that of the picture that was kept with it.
            connection.execute(
                "INSERT OR IGNORE INTO rated_pictures SELECT image, job, rating, recorded FROM results WHERE job = ? "
                "AND rating IS NOT NULL AND image IS NOT NULL",
                (number,),
            )
            before = self._rated_job(connection, picture)
            row = (picture, number, rating, time.time())
            connection.execute("INSERT OR REPLACE INTO rated_pictures VALUES (?, ?, ?, ?)", row)
            for changed in {number, number if before is None else before}:
                self._average(connection, changed)

    def forget_rating(self, picture: str) -> bool:
        """Delete the rating of a picture, and what nothing else needs; return whether there was one."""
        self._check_digest(picture)
        with self._file.transaction() as connection:
            job = self._rated_job(connection, picture)
            if job is None:
                return False
            connection.execute("DELETE FROM rated_pictures WHERE picture = ?", (picture,))
            self._average(connection, job)
            return True

    def ratings_of(self, pictures: Iterable[str]) -> dict[str, float]:
        """Return the ratings of those pictures that have one, by digest."""
        found = {}
        for picture in pictures:
            rows = self._file.rows("SELECT rating FROM rated_pictures WHERE picture = ?", (picture,))
            if rows:
                found[picture] = self._stored.number(rows[0][0])
        return found

    def rated_pictures(self) -> int:
        """Return the number of pictures that have a rating of their own."""
        return int(self._file.rows("SELECT COUNT(*) FROM rated_pictures")[0][0])

    def _check_digest(self, picture: str) -> None:
        if not _DIGEST.fullmatch(picture):
            raise StoreError(f"{self.path}: {shown(picture)} is no digest of a picture")

    @staticmethod
    def _rated_job(connection: sqlite3.Connection, picture: str) -> int | None:
        row = connection.execute("SELECT job FROM rated_pictures WHERE picture = ?", (picture,)).fetchone()
        return None if row is None else int(row[0])

    @staticmethod
    def _average(connection: sqlite3.Connection, job: int) -> None:
        """Give a job the mean rating of its pictures; one that is left with no rating, score or picture is deleted."""
        mean = "SELECT AVG(rating) FROM rated_pictures WHERE job = ?"
        connection.execute(f"UPDATE results SET rating = ({mean}) WHERE job = ?", (job, job))
        bare = "rating IS NULL AND image IS NULL AND NOT EXISTS (SELECT 1 FROM scores WHERE scores.job = results.job)"
        if connection.execute(f"DELETE FROM results WHERE job = ? AND {bare}", (job,)).rowcount:
            connection.execute("DELETE FROM jobs WHERE id = ? AND source = 'user'", (job,))

    # -- results from elsewhere --------------------------------------------------------------------------------

    def add_scored(self, rows: Iterable[tuple[Job, Mapping[str, float], float]], *, catalog: str, comfyui: str) -> int:
        """Add jobs with their scores, whose pictures are elsewhere, all or none, and return the number of new ones.

        Args:
            rows: each job, its scores by scorer, and its rendering time in seconds.
            catalog: fingerprint of the installation that rendered them.
            comfyui: version of its server.
        """
        added = 0
        with self._file.transaction() as connection:
            for job, scores, seconds in rows:
                number = self._add(connection, job)
                if number is None:
                    continue
                added += 1
                connection.execute("UPDATE jobs SET state = 'done' WHERE id = ?", (number,))
                result = (number, None, seconds, comfyui, catalog, "", None, time.time())
                connection.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)", result)
                judged = [(number, scorer, score, None) for scorer, score in scores.items()]
                connection.executemany("INSERT INTO scores VALUES (?, ?, ?, ?)", judged)
        return added

    # -- triplets ----------------------------------------------------------------------------------------------

    def triplets(self, split: str | None = None, source: str | None = None) -> Iterator[Triplet]:
        """Yield every result that has a score or a rating, in the order of the jobs.

        The store may be written meanwhile.

        Args:
            split: only this split, None for all.
            source: only this source, None for all.
        """
        last = -1
        while rows := self._file.rows(_TRIPLETS, (last, split, split, source, source, _ROWS_AT_ONCE)):
            first, last = rows[0][0], rows[-1][0]
            scores: dict[int, dict[str, float]] = {}
            for job, scorer, score in self._file.rows(_SCORES, (first, last)):
                scores.setdefault(job, {})[scorer] = score
            yield from (self._triplet(row, scores.get(row[0], {})) for row in rows)

    def image_path(self, image: str) -> Path:
        """Return the file of the picture with a digest."""
        if not isinstance(image, str) or not _DIGEST.fullmatch(image):
            raise self._stored.damaged(f"{shown(image)} is no digest of a picture")
        return self.images / image[:2] / f"{image}.png"

    def add_catalog(self, fingerprint: str, files: Sequence[str]) -> None:
        """Record the files (`Grammar.files`) of a catalog."""
        with self._file.transaction() as connection:
            row = (fingerprint, _dumped(list(files)))
            connection.execute("INSERT OR REPLACE INTO catalogs VALUES (?, ?)", row)

    def catalogs(self) -> dict[str, tuple[str, ...]]:
        """Return the files of each catalog by fingerprint."""
        rows = self._file.rows("SELECT fingerprint, files FROM catalogs")
        names = ListOf(Text())
        return {self._stored.text(name): tuple(self._stored.json("catalogs", files, names)) for name, files in rows}

    def _set(self, name: str, value: Any) -> None:
        with self._file.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, _dumped(value)))

    def _setting(self, name: str, otherwise: str) -> Any:
        """Return the JSON text of a setting."""
        rows = self._file.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return rows[0][0] if rows else otherwise

    def _triplet(self, row: tuple[Any, ...], scores: Mapping[str, Any]) -> Triplet:
        number, prompt, choices, api, seed, image, source, split, kind, meaning, catalog, comfyui, seconds, rating = row
        stored = self._stored
        return Triplet(
            number, stored.text(prompt), stored.script(choices), stored.graph(api), stored.whole(seed),
            {name: stored.number(score) for name, score in scores.items()}, image, stored.text(source),
            stored.text(split), stored.text(kind), stored.meaning(meaning), stored.text(catalog),
            stored.text(comfyui), stored.number(seconds), None if rating is None else stored.number(rating),
        )  # fmt: skip

    def _add(self, connection: sqlite3.Connection, job: Job) -> int | None:
        """Return the id of a new job, or None where it exists."""
        columns = "key, prompt, choices, api, seed, source, split, kind, meaning, main"
        meaning = None if job.meaning is None else _dumped(job.meaning)
        texts = (job.prompt, _dumped(job.choices), _dumped(job.api), str(job.seed), job.source, job.split, job.kind)
        row = (job.key, *texts, meaning, job.choices[0] if job.choices else "")
        marks = ", ".join("?" * len(row))
        added = connection.execute(f"INSERT OR IGNORE INTO jobs ({columns}) VALUES ({marks})", row)
        return added.lastrowid if added.rowcount == 1 else None

    def _keep(self, data: bytes) -> str:
        """Write a picture and return its digest."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.image_path(digest)
        try:
            if path.is_file():
                return digest
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, data)
        except OSError as error:
            raise StoreError(f"{path}: the picture cannot be written ({error})") from error
        return digest


def picture_digest(data: bytes) -> str:
    """Return the SHA-256 of a picture's file; of a PNG file without its texts, which do not change the picture."""
    with contextlib.suppress(ValueError):  # another format, which is taken as it is
        data = without_texts(data)
    return hashlib.sha256(data).hexdigest()


_TRIPLETS = """
SELECT id, prompt, choices, api, seed, image, source, split, kind, meaning, catalog, comfyui, seconds, rating
FROM jobs JOIN results ON results.job = id
WHERE id > ? AND (? IS NULL OR split = ?) AND (? IS NULL OR source = ?)
    AND (rating IS NOT NULL OR EXISTS (SELECT 1 FROM scores WHERE scores.job = id AND score IS NOT NULL))
ORDER BY id LIMIT ?
"""
_SCORES = "SELECT job, scorer, score FROM scores WHERE score IS NOT NULL AND job BETWEEN ? AND ? ORDER BY job, scorer"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
