// Makes completion_server a native one: the linker takes this definition.
#include "proactor/uring_proactor.hpp"
#include "shared/server/server_options.hpp"

namespace iolab::proactor {
std::vector<std::string_view> proactor_options() {
  return {"uring-setup", "uring-entries"};
}

std::unique_ptr<Proactor> make_proactor(const ServerOptions& options) {
  return std::make_unique<UringProactor>(parse_uring_setup(options.uring_setup),
                                         options.uring_entries);
}

}  // namespace iolab::proactor
