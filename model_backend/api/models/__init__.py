"""What is known of a loaded model beside its card: the laws that it was checked by."""
