"""What a refusal looks like on the wire.

Without a field to blame `errors` is `{"detail": "…"}`, with fields it lists texts by field.
`code` is stable for ever; `facts` are for machines. A refusal for lack of identity or
rights is only `{"status": "forbidden"}`, so that it tells nothing.
"""

from pydantic import BaseModel, Field


class Problem(BaseModel):
    errors: dict[str, str | list[str]]
    code: str = Field(description="Stable for ever, such as `binary.wrong_state`.")
    facts: dict[str, object] = Field(default_factory=dict)


class ForbiddenProblem(BaseModel):
    status: str = "forbidden"
