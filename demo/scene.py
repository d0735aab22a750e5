"""What every part of the story has at hand: the stage, the teller, a client, a typed command."""

from collections.abc import Generator
from contextlib import contextmanager

from sealift.client.client import Client
from stage import Done, Stage
from teller import Say, Teller


class Scene:
    def __init__(self, stage: Stage, teller: Teller, client: Client) -> None:
        self.stage = stage
        self.teller = teller
        self.client = client

    @contextmanager
    def typed(self, *words: str) -> Generator[tuple[Done, Say]]:
        with self.teller.step(self.stage.shown(words)) as say:
            yield self.stage.run(words), say
