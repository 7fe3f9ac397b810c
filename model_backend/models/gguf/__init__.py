"""Reads models that llama.cpp keeps in one GGUF file: description, tokenizer and weights."""
