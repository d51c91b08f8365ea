"""The words of pages and mail in a person's language; English is what the code holds."""

from limen.platform.i18n.texts import SOURCE, Texts, direction_of, name_of, product_texts

__all__ = ["SOURCE", "Texts", "direction_of", "name_of", "product_texts"]
