"""Access control (アクセス制御): the clients that may send through this server without logging in."""
