-- What a host keeps with a message, as hosts on Entity Framework Core do.

ALTER TABLE ChatMessages ADD COLUMN Metadata TEXT
    CONSTRAINT CK_ChatMessages_Metadata CHECK (json_valid(Metadata));
