"""Numbers as they stand beside a scale."""

from analysis.protocol.number_words import distinct as distinct
from analysis.protocol.number_words import short as short
