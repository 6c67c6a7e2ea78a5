DROP TABLE TaskTemplates;
DROP TABLE TemplateCategories;
