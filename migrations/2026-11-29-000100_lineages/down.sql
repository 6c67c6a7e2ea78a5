DROP TABLE Lineages;
