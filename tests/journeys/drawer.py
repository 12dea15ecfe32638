"""What an enterprise has in its drawer: small papers that can be read. Knows nothing of the product."""

import io
import unicodedata

import pikepdf

__all__ = ["paper"]


def paper(title: str, *lines: str) -> bytes:
    """A page with words on it, as a manufacturer might send it; the base fonts of PDF know no Vietnamese marks."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Times-Roman")
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    shown = [f"BT /F 20 Tf 70 720 Td ({_plain(title)}) Tj ET"]
    shown += [f"BT /F 13 Tf 70 {680 - 22 * n} Td ({_plain(line)}) Tj ET" for n, line in enumerate(lines)]
    page.Contents = document.make_stream("\n".join(shown).encode("ascii"))
    out = io.BytesIO()
    document.save(out, static_id=True)
    return out.getvalue()


def _plain(text: str) -> str:
    """Without diacritics, and without what ends a string in a content stream."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return letters.encode("ascii", "ignore").decode().translate(str.maketrans("", "", "()\\"))
