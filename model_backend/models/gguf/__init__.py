"""Models in one GGUF file, as llama.cpp writes them: description, tokenizer and weights together."""
