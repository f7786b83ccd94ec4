#include <unistd.h>
static const int sleep_well = ::pause();
