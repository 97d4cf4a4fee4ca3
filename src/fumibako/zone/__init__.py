"""The DNS records that mail needs, and how they compare with what is published."""
