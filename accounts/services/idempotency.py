"""A request that comes with a key is done once: sent again, it gets the first answer again."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.models import KeptAnswer, User

# Codes of the ValidationErrors raised here.
RUNNING, REUSED, UNREADABLE = "once_running", "once_reused", "state"

Made = TypeVar("Made")


@dataclass(frozen=True)
class Answer:
    """What was answered: the status, the body as text, and the headers that matter."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestIdentity:
    """What makes a request the same: who sends it, where to, its key and what it says."""

    by: User | None
    address: str
    key: str
    fingerprint: str

    @property
    def name(self) -> str:
        """One word for who, where and key."""
        return _hash([str(self.by.pk if self.by else ""), self.address, self.key])


def answer_once(
    identity: RequestIdentity,
    make: Callable[[], Made],
    keep: Callable[[Made], Answer | None],
    patience: float = 0,
) -> Made | Answer:
    """Do what is asked for the first time, or give the answer of the first time again.

    ``make`` does it; ``keep`` says what of its result is to be kept, or None. What it writes and
    the answer are committed together, and whatever it raises undoes both: a request that was
    refused may be sent again with the same key. Returns what ``make`` did, or the kept answer.
    While the same request is under way in another process, that is waited for up to ``patience``
    seconds. Raises ValidationError with the code ``once_running`` when it takes longer,
    ``once_reused`` when the key came with something else before, and ``state`` when the kept answer
    cannot be read since the site's secret changed.
    """
    with transaction.atomic():
        _take_turn(identity.name, patience)
        kept = KeptAnswer.objects.current().filter(name=identity.name).first()
        if kept is not None:
            if kept.fingerprint != identity.fingerprint:
                raise ValidationError(_("This key was sent with another request before."), REUSED)
            return _unsealed(kept, identity.key)
        made = make()
        answer = keep(made)
        if answer is not None:
            KeptAnswer.objects.over().filter(name=identity.name).delete()
            KeptAnswer.objects.create(
                name=identity.name,
                user=identity.by,
                fingerprint=identity.fingerprint,
                sealed=_sealed(answer, identity.key),
            )
        return made


def drop_old_answers() -> int:
    """Forget answers older than 24 hours; returns how many."""
    return KeptAnswer.objects.over().delete()[0]


def fingerprint_of(*parts: bytes | str | MultiValueDict) -> str:
    """A hash of what was sent. Forms count by their fields and files, not by how they are packed;
    the token against forged requests is no part of them. Files are read and rewound."""
    return _hash(word for part in parts for word in _words(part))


def _words(part: bytes | str | MultiValueDict) -> Iterable[str | bytes]:
    if not isinstance(part, MultiValueDict):
        return [part]
    return [
        word
        for name, values in sorted(part.lists())
        if name != "csrfmiddlewaretoken"
        for word in (name, str(len(values)), *(_word(value) for value in values))
    ]


def _word(value: object) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return f"{value.name} {digest.hexdigest()}"


def _hash(words: Iterable[str | bytes]) -> str:
    """Each word counts with its length, so that no two lists of words are alike."""
    digest = hashlib.sha256()
    for word in words:
        data = word if isinstance(word, bytes) else word.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()


def _take_turn(name: str, patience: float) -> None:
    """One at a time for each name, until the transaction ends or its process dies."""
    number = int.from_bytes(bytes.fromhex(name[:16]), "big", signed=True)
    deadline = time.monotonic() + patience
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
            if cursor.fetchone() == (True,):
                return
        if time.monotonic() >= deadline:
            raise ValidationError(_("The same request is still being answered."), RUNNING)
        time.sleep(0.05)


def _box(key: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(bytes.fromhex(_hash(["kept answer", secret, key]))))
        for secret in secrets
    )


def _sealed(answer: Answer, key: str) -> bytes:
    return _box(key).encrypt(json.dumps(asdict(answer)).encode())


def _unsealed(kept: KeptAnswer, key: str) -> Answer:
    try:
        return Answer(**json.loads(_box(key).decrypt(bytes(kept.sealed))))
    except InvalidToken as error:
        raise ValidationError(
            _("This was done before, but its answer can no longer be read."), UNREADABLE
        ) from error
