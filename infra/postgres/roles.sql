-- Run once by psql as the superuser of an empty server: the driver's role, which owns the database,
-- and the pages', which can only read. The passwords come from the environment.
\getenv writer_password EVOLVE_PASSWORD
\getenv reader_password EVOLVE_READER_PASSWORD
CREATE ROLE evolve LOGIN PASSWORD :'writer_password';
CREATE ROLE evolve_reader LOGIN PASSWORD :'reader_password';
ALTER ROLE evolve_reader SET default_transaction_read_only = on;
CREATE DATABASE evolve OWNER evolve;
REVOKE ALL ON DATABASE evolve FROM PUBLIC;
GRANT CONNECT ON DATABASE evolve TO evolve_reader;
\connect evolve
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO evolve_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE evolve IN SCHEMA public GRANT SELECT ON TABLES TO evolve_reader;
