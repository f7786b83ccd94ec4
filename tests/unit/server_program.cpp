#include "shared/server/server.hpp"

// The server program that the tests pretend to be. It makes no server.
const iolab::ServerProgram iolab::server_program{"tested", "reactor", {"demultiplexer"}, nullptr};
