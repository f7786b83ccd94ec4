#include <exception>
#include <iostream>
#include <stdexcept>

#include "shared/program/banner.hpp"
#include "shared/program/command_line.hpp"
#include "shared/program/process.hpp"
#include "shared/server/server.hpp"

namespace {

enum ExitStatus : int { success = 0, failure = 1, bad_usage = 2, engine_unavailable = 3 };

void serve(const iolab::ServerOptions& options) {
  // Lives until the process exits: a late signal may still name it.
  static const std::unique_ptr<iolab::Server> server = iolab::server_program.make(options);
  iolab::stop_on_signals(*server);
  std::cout << iolab::listening_line(options, *server) << std::endl;
  server->run();
  std::cout << iolab::stopped_line(server->statistics()) << std::endl;
}

int complain(const std::exception& error, ExitStatus status) {
  std::cerr << iolab::server_program.name << ": " << error.what() << std::endl;
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    static const auto options = iolab::parse_command_line(argc, argv, iolab::server_program);
    serve(options);
    return success;
  } catch (const std::invalid_argument& error) {  // UsageError, or an address that is none
    return complain(error, bad_usage);
  } catch (const iolab::EngineUnavailable& error) {
    return complain(error, engine_unavailable);
  } catch (const std::exception& error) {
    return complain(error, failure);
  }
}
