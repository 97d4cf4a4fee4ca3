"""How the features' parts become whole files.

A feature contributes a `Fragment`: parameters, services, rules of restriction lists, blocks of Dovecot's configuration,
look-up files. `restrictions` alone knows in which order Postfix asks its rules; `config_tree` alone puts fragments
together, and a thing that two features say is our own mistake (`assert`), never a silent "last one wins".

`Facts` is what the renderers may know about the machine beside the settings. Nothing here reads a clock, a disk or a
network: equal settings and facts make equal files, byte for byte.
"""
