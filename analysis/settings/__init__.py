"""How what a person can set is declared: its default, its words, its limits; of techniques and of looks alike."""
