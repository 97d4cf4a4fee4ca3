"""Sender authentication (送信者認証設定): checking, signing, and the keys."""
