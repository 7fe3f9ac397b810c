"""Reads models from GGUF files, the format of llama.cpp: config, tokenizer and weights."""
