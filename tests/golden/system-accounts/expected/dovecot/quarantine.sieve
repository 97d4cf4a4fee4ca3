# Mail that failed its sender's own policy
require "fileinto";
if exists "X-Fumibako-Quarantine" {
  fileinto "Junk";
  stop;
}
