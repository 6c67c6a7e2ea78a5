-- The lineages of the database: a restore or a recovery begins one. The numbers of change events and of row versions
-- that are given in it are above its base, and the base is above all that were given before.

-- The present lineage is the one with the greatest base. A database that never was restored has none: its base is 0.
-- A number stays below 2^53, so that readers of JSON that know only floating-point numbers have it exactly.
CREATE TABLE Lineages (
    Base INTEGER PRIMARY KEY NOT NULL CONSTRAINT CK_Lineages_Base CHECK (Base BETWEEN 1 AND 9007199254740991),
    BeganAt TEXT NOT NULL CONSTRAINT CK_Lineages_BeganAt CHECK (BeganAt GLOB '????-??-?? ??:??:??.???????')
) STRICT;
