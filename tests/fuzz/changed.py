"""Texts that are nearly right: one that is right, with a few of its characters changed."""

from hypothesis import strategies as st

_EDGES = "\0\t\n \"#%&'+,-./:;=?@\\_~éßſİ\u0660\u200b\ufeff\uffff\U0001f600"


@st.composite
def changed(draw: st.DrawFn, text: str, alphabet: str = _EDGES) -> str:
    """Never `text` itself."""
    result = text
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(result)))
        width = draw(st.integers(0, 1))
        other = draw(st.one_of(st.just(""), st.sampled_from(alphabet), st.characters()))
        result = result[:place] + other + result[place + width :]
    if result == text:
        return draw(st.sampled_from([text[:-1], text + text[-1:], text.swapcase() + "x"]))
    return result
