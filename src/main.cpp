#include "app/commands.hpp"

int main(int argc, char** argv) {
  return luot::app::run(argc, argv);
}
