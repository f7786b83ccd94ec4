// Makes completion_server an emulated one: the linker takes this definition instead of io_uring's.
#include "emulated-proactor/emulated_proactor.hpp"
#include "shared/server/server_options.hpp"

namespace iolab::proactor {
std::vector<std::string_view> proactor_options() {
  return {"demultiplexer"};
}

std::unique_ptr<Proactor> make_proactor(const ServerOptions& options) {
  return std::make_unique<emulated::EmulatedProactor>(
      reactor::make_demultiplexer(options.demultiplexer));
}

}  // namespace iolab::proactor
