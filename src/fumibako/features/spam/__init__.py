"""Spam rejection (スパム拒否設定): DNS block lists and senders that are refused."""
