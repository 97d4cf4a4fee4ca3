# A servant around Perl's Mail::DKIM: one JSON document a line in, one out. Octets travel as base64, the DNS as a hash.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Mail::DKIM::DkSignature;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::ARC::Verifier;
use Net::DNS;

package Zone;
sub new { my ($class, $names) = @_; return bless {names => $names}, $class }
sub errorstring { return 'NOERROR' }
sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new($name, $type);
    my $text = $self->{names}{lc $name};
    if (!defined $text) { $packet->header->rcode('NXDOMAIN'); return $packet }
    my @strings = $text =~ /(.{1,250})/gs;
    $packet->push(answer => Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => \@strings));
    return $packet;
}

package main;

sub sign {
    my ($ask) = @_;
    my $key = Mail::DKIM::PrivateKey->load(Data => $ask->{key});
    my $signer = Mail::DKIM::Signer->new(Policy => sub {
        my ($dkim) = @_;
        if ($ask->{kind} eq 'domainkeys') {
            $dkim->add_signature(Mail::DKIM::DkSignature->new(
                Algorithm => 'rsa-sha1', Method => $ask->{form}, Domain => $ask->{domain}, Selector => $ask->{selector},
                Key => $key, ($ask->{headers} ? (Headers => $dkim->headers) : ())));
        } else {
            $dkim->add_signature(Mail::DKIM::Signature->new(
                Algorithm => $ask->{algorithm}, Method => $ask->{form}, Domain => $ask->{domain},
                Selector => $ask->{selector}, Key => $key, Headers => $ask->{headers}));
        }
        return 1;
    });
    $signer->PRINT(decode_base64($ask->{message}));
    $signer->CLOSE;
    return {field => encode_base64($signer->signature->as_string . "\015\012", '')};
}

sub verify {
    my ($ask) = @_;
    Mail::DKIM::DNS::resolver(Zone->new($ask->{zone}));
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT(decode_base64($ask->{message}));
    $verifier->CLOSE;
    return {result => $verifier->result, detail => $verifier->result_detail,
        each => [map { [$_->algorithm, $_->result] } $verifier->signatures]};
}

sub seal {
    my ($ask) = @_;
    Mail::DKIM::DNS::resolver(Zone->new($ask->{zone}));
    my $signer = Mail::DKIM::ARC::Signer->new(
        Algorithm => 'rsa-sha256', Domain => $ask->{domain}, SrvId => 'mx.example.org', Selector => $ask->{selector},
        Key => Mail::DKIM::PrivateKey->load(Data => $ask->{key}), Chain => 'ar');
    $signer->PRINT(decode_base64($ask->{message}));
    $signer->CLOSE;
    return {field => encode_base64(join('', map { "$_\015\012" } $signer->as_strings), ''), result => $signer->result};
}

sub validate {
    my ($ask) = @_;
    Mail::DKIM::DNS::resolver(Zone->new($ask->{zone}));
    my $verifier = Mail::DKIM::ARC::Verifier->new;
    $verifier->PRINT(decode_base64($ask->{message}));
    $verifier->CLOSE;
    return {result => $verifier->result, detail => $verifier->result_detail};
}

my %verbs = (sign => \&sign, verify => \&verify, seal => \&seal, validate => \&validate);

$| = 1;
while (my $line = <STDIN>) {
    my $ask = decode_json($line);
    my $answer = eval { $verbs{$ask->{do}}->($ask) } || {result => 'died', detail => "$@"};
    print encode_json($answer), "\n";
}
