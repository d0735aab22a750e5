"""The same machine over a store with links of its own.

Clients send parts to it without us, so what a wrong delivery gets is its own affair, an old
link may still be taken, and the records know of a part once somebody asks for it. What holds
for our own door is therefore left out here: deliveries are right, and parts are asked for.
"""

from tests.actions.machine import Machine


class MachineOnS3(Machine):
    def sends_a_part(
        self,
        number: int,
        index: int,
        piece: str,
        too_much: int,
        how: str | None,
    ) -> None:
        super().sends_a_part(number, index, piece, too_much, "right")

    def sends_to_an_old_link(self, number: int, how: str, later: int) -> None:
        self._pass_time(later)

    def store_goes_away(self, number: int, steps: int, asked: str) -> None:
        """It does for us only: links that were given out go on."""

    def look_around(self) -> None:
        for prn in self.model.binaries:
            self.yard.api.get(f"/binaries/{prn}/parts")
