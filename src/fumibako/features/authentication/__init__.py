"""Sender authentication (送信者認証設定): what is checked in mail from outside, what own mail is signed with."""
