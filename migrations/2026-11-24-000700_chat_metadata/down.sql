ALTER TABLE ChatMessages DROP COLUMN Metadata;
