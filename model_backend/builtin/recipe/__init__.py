"""The recipe of the built-in model: facts -> questions -> tokenizer -> training -> evaluation."""
