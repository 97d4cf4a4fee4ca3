"""Basic settings (基本設定): who this server is, where it listens, what it offers there, how big a message may be."""
