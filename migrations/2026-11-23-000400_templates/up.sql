-- Templates of tasks, in a tree of categories.

CREATE TABLE TemplateCategories (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_TemplateCategories_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Name TEXT NOT NULL
        CONSTRAINT CK_TemplateCategories_Name CHECK (length(Name) BETWEEN 1 AND 100 AND instr(Name, char(0)) = 0),
    Description TEXT,
    ParentCategoryId TEXT REFERENCES TemplateCategories (Id) ON DELETE NO ACTION,
    SortOrder INTEGER NOT NULL DEFAULT 0,
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_TemplateCategories_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_TemplateCategories_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_TemplateCategories_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_TemplateCategories_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_TemplateCategories_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_TemplateCategories_ParentCategoryId CHECK (ParentCategoryId <> Id)
) STRICT;

CREATE INDEX IX_TemplateCategories_Parent ON TemplateCategories (ParentCategoryId, SortOrder);
CREATE UNIQUE INDEX IX_TemplateCategories_Unique ON TemplateCategories (COALESCE(ParentCategoryId, ''), Name);

CREATE TRIGGER TR_TemplateCategories_ParentCycle BEFORE UPDATE OF Id, ParentCategoryId ON TemplateCategories
WHEN NEW.ParentCategoryId IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'CK_TemplateCategories_ParentCycle')
    WHERE NEW.Id IN (
        WITH RECURSIVE Ancestors (Id) AS (
            SELECT NEW.ParentCategoryId
            UNION
            SELECT TemplateCategories.ParentCategoryId FROM TemplateCategories JOIN Ancestors USING (Id)
        )
        SELECT Id FROM Ancestors
    );
END;

CREATE TABLE TaskTemplates (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_TaskTemplates_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Name TEXT NOT NULL
        CONSTRAINT CK_TaskTemplates_Name CHECK (length(Name) BETWEEN 1 AND 255 AND instr(Name, char(0)) = 0),
    Description TEXT,
    Category TEXT CONSTRAINT CK_TaskTemplates_Category CHECK (length(Category) <= 100),
    CategoryId TEXT REFERENCES TemplateCategories (Id) ON DELETE SET NULL,
    Version TEXT NOT NULL DEFAULT '1.0.0'
        CONSTRAINT CK_TaskTemplates_Version CHECK (length(Version) BETWEEN 1 AND 50),
    Definition TEXT NOT NULL CONSTRAINT CK_TaskTemplates_Definition CHECK (json_valid(Definition)),
    Tags TEXT CONSTRAINT CK_TaskTemplates_Tags CHECK (json_valid(Tags) AND json_type(Tags) = 'array'),
    IsPublic INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_TaskTemplates_IsPublic CHECK (IsPublic IN (0, 1)),
    IsActive INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_TaskTemplates_IsActive CHECK (IsActive IN (0, 1)),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_TaskTemplates_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_TaskTemplates_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_TaskTemplates_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_TaskTemplates_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_TaskTemplates_RowVersion CHECK (RowVersion >= 1)
) STRICT;

CREATE INDEX IX_TaskTemplates_Name ON TaskTemplates (Name);
CREATE INDEX IX_TaskTemplates_Category ON TaskTemplates (Category) WHERE Category IS NOT NULL;
CREATE INDEX IX_TaskTemplates_CategoryId ON TaskTemplates (CategoryId) WHERE CategoryId IS NOT NULL;
